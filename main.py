"""Where Flet's packager looks for the app; `field_app/main.py` is the app."""

from field_app.main import main

if __name__ == "__main__":
    main()
